import Commands
import Testing

struct ProcessMemoryTests {
  @Test(arguments: [
    ("55d93b26f000-55d93d27b000 r-xp 00a04000 00:2a 131 /swiftlet\n", 0x55d9_3b26_f000..<0x55d9_3d27_b000),
    ("55d93d27b000-55d93d3ee000 r--p 02a10000 00:2a 131 /swiftlet\n", nil),
    ("55d93d3ee000-55d93dcd5000 rw-p 02b83000 00:2a 131 /swiftlet\n", nil),
    ("7ffd2b5f2000-7ffd2b5f4000 r-xp 00000000 00:00 0 [vdso]\n", nil),
    ("7f0000000000-7f0000001000 r-xp 0 00:00 0\n", nil),
    ("b-a r-xp 0 00:2a 131 /swiftlet\n", nil), ("", nil),
  ])
  func onlyCodeFromFilesIsGivenBack(line: String, range: Range<UInt>?) {
    #expect(ProcessMemory.codeRange(line) == range)
  }

  @Test func whatIsGivenBackComesBack() {
    let before = (0..<1000).map { "\($0)" }.joined(separator: ",").count
    ProcessMemory.forgetStart()
    #expect((0..<1000).map { "\($0)" }.joined(separator: ",").count == before)
  }
}
