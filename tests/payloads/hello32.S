// A program for i386: writes "hello from i386" and exits, by the system calls of that architecture.
  .code32
  .globl _start
  .text
_start:
  movl $4, %eax            // write
  movl $1, %ebx
  movl $text, %ecx
  movl $(end - text), %edx
  int $0x80
  movl $1, %eax            // exit
  xorl %ebx, %ebx
  int $0x80

  .section .rodata
text:
  .ascii "hello from i386\n"
end:
  .section .note.GNU-stack, "", @progbits
