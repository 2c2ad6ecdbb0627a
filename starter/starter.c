/* What Swiftlet's Jobs start images with, so that the kubelet pulls them.
 *
 *   starter         ends with 0
 *   starter FILE    copies itself to FILE, for other containers to run, and ends with 0
 *
 * Needs nothing of the image that it runs in: no C library, no loader, no shell. Ends with 1 when it can't copy. */

typedef long word;
typedef unsigned long size;

#if defined(__x86_64__)
enum { READ = 0, WRITE = 1, CLOSE = 3, OPENAT = 257, EXIT = 60 };

static word call(word number, word a, word b, word c, word d) {
  word result;
  register word r10 __asm__("r10") = d;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
                   : "rcx", "r11", "memory");
  return result;
}

__asm__(".text\n.globl _start\n_start:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call begin\n");
#elif defined(__aarch64__)
enum { READ = 63, WRITE = 64, CLOSE = 57, OPENAT = 56, EXIT = 93 };

static word call(word number, word a, word b, word c, word d) {
  register word x8 __asm__("x8") = number;
  register word x0 __asm__("x0") = a;
  register word x1 __asm__("x1") = b;
  register word x2 __asm__("x2") = c;
  register word x3 __asm__("x3") = d;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
}

__asm__(".text\n.globl _start\n_start:\n  mov x29, #0\n  mov x0, sp\n  b begin\n");
#else
#error "no starter for this architecture yet"
#endif

enum { AT_FDCWD = -100, O_WRONLY = 01, O_CREAT = 0100, O_TRUNC = 01000, EINTR = 4, MODE = 0555 };

static char buffer[4096];

static int copy(const char *target) {
  word from = call(OPENAT, AT_FDCWD, (word) "/proc/self/exe", 0, 0);
  if (from < 0) return 1;
  word to = call(OPENAT, AT_FDCWD, (word)target, O_WRONLY | O_CREAT | O_TRUNC, MODE);
  if (to < 0) return 1;
  for (;;) {
    word count = call(READ, from, (word)buffer, sizeof buffer, 0);
    if (count == -EINTR) continue;
    if (count < 0) return 1;
    if (count == 0) break;
    for (word done = 0; done < count;) {
      word written = call(WRITE, to, (word)(buffer + done), count - done, 0);
      if (written == -EINTR) continue;
      if (written <= 0) return 1;
      done += written;
    }
  }
  return call(CLOSE, to, 0, 0, 0) < 0;
}

/* The kernel leaves the number of arguments and then their addresses at the top of the stack. */
__attribute__((noreturn, used)) void begin(word *stack) {
  const char **arguments = (const char **)(stack + 1);
  int code = stack[0] > 1 ? copy(arguments[1]) : 0;
  for (;;) call(EXIT, code, 0, 0, 0);
}
