/* Where the kernel begins: the stack holds the number of arguments, the arguments, a zero, and the environment. */
__attribute__((noreturn)) void probe(int count, char *const words[], char *const environment[]);

__attribute__((noreturn, used)) static void start(long *stack) {
  int count = (int)stack[0];
  char *const *words = (char *const *)(stack + 1);
  probe(count, words, words + count + 1);
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call start\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n  mov x29, #0\n  mov x0, sp\n  bl start\n");
#endif
