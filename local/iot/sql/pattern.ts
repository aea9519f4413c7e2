/**
 * AWS IoT matches with Java's regular expressions; JavaScript's stand in for them. Where the two read the same text
 * differently, or only Java reads it, the rule is refused. (Backslashes do not get here: the tokenizer refuses them.)
 */
const JAVA_ONLY: readonly (readonly [syntax: RegExp, name: string])[] = [
  [/&&/, 'class intersection'],
  [/\[[^\]]*\[/, 'nested character class'],
  [/\(\?[a-zA-Z-]+[:)]/, 'inline flag'],
  [/\(\?>/, 'atomic group'],
  [/[*+?}]\+/, 'possessive quantifier'],
];

/** Throws, with the pattern, where it is no regular expression or not the same one in Java. */
export function compilePattern(pattern: string): RegExp {
  const javaOnly = JAVA_ONLY.find(([syntax]) => syntax.test(pattern));
  if (javaOnly !== undefined) {
    throw new Error(`unsupported ${javaOnly[1]} in the regular expression "${pattern}"`);
  }
  try {
    // Java, too, matches by code point and refuses a stray brace, as the flag `u` does.
    return new RegExp(pattern, 'u');
  } catch (cause) {
    throw new Error(`"${pattern}" is not a regular expression`, { cause });
  }
}
