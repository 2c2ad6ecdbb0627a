/// An image ID, which in these tests is the manifest's digest too.
func fakeID(_ number: Int) -> String {
  let digits = String(number, radix: 16)
  return "sha256:" + String(repeating: "0", count: 64 - digits.count) + digits
}
