/* The whole program, begun by a C library in place of start.c: for a build with the sanitizers. */
void probe(int count, char *const words[], char *const environment[]);

int main(int count, char *words[], char *environment[]) {
  probe(count, words, environment);
}
