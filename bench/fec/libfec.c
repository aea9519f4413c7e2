/*
 * What the tests and the benchmark ask libfec (Debian: libfec-dev), code by CCSDS 131.0-B in the conventional basis.
 *
 *   parity         for each line of hex on standard input, at most 223 bytes: the 32 bytes of parity in hex
 *   correct        for each line "HEX [PLACE...]", 255 bytes and the places of erasures from 0 on: the number of bytes
 *                  located and the corrected codeword in hex, or -1
 *   time MS        megabytes of data (223 of each codeword) a second of CPU: encode, and decode with 0, 8 and 16 errors
 */
#include <fec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CODEWORD = 255, DATA = 223, PARITY = 32, LINE = 4096, BATCH = 200 };

static int parse(const char *hex, unsigned char *bytes, int max) {
  int count = 0;
  unsigned byte;
  while (count < max && sscanf(hex + 2 * count, "%2x", &byte) == 1) bytes[count++] = (unsigned char)byte;
  return count;
}

static void print(const unsigned char *bytes, int count) {
  for (int i = 0; i < count; i++) printf("%02x", bytes[i]);
  printf("\n");
}

static void answer_parity(void) {
  char line[LINE];
  unsigned char data[DATA], parity[PARITY];
  while (fgets(line, sizeof line, stdin)) {
    encode_rs_8(data, parity, DATA - parse(line, data, DATA));
    print(parity, PARITY);
  }
}

static void answer_correct(void) {
  char line[LINE];
  unsigned char codeword[CODEWORD];
  while (fgets(line, sizeof line, stdin)) {
    int places[CODEWORD], count = 0;
    parse(strtok(line, " \n"), codeword, CODEWORD);
    for (char *word; (word = strtok(NULL, " \n")) != NULL && count < PARITY; count++) places[count] = atoi(word);
    int located = decode_rs_8(codeword, places, count, 0);
    if (located < 0) printf("-1\n");
    else {
      printf("%d ", located);
      print(codeword, CODEWORD);
    }
  }
}

static double cpu_seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* With errors < 0: encodes. A copy of the damaged codeword is corrected each time; copying costs nothing beside that. */
static double rate(double seconds, int errors) {
  unsigned char sent[CODEWORD], received[CODEWORD];
  for (int i = 0; i < DATA; i++) sent[i] = (unsigned char)(i * 7 + 3);
  encode_rs_8(sent, sent + DATA, 0);
  for (int i = 0; i < errors; i++) sent[i * 15 + 7] ^= (unsigned char)(i + 1);
  double start = cpu_seconds(), taken = 0, codewords = 0;
  for (; taken < seconds; taken = cpu_seconds() - start, codewords += BATCH) {
    for (int i = 0; i < BATCH; i++) {
      if (errors < 0) encode_rs_8(sent, sent + DATA, 0);
      else {
        memcpy(received, sent, CODEWORD);
        decode_rs_8(received, NULL, 0, 0);
      }
    }
  }
  return codewords * DATA / taken / 1e6;
}

int main(int count, char **words) {
  if (count == 2 && strcmp(words[1], "parity") == 0) answer_parity();
  else if (count == 2 && strcmp(words[1], "correct") == 0) answer_correct();
  else if (count == 3 && strcmp(words[1], "time") == 0) {
    double seconds = atof(words[2]) / 1000;
    printf("%f %f %f %f\n", rate(seconds, -1), rate(seconds, 0), rate(seconds, 8), rate(seconds, 16));
  } else return 1;
  return 0;
}
