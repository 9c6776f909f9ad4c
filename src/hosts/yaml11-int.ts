// Integers of YAML 1.1 (https://yaml.org/type/int.html), which Ansible's parser still reads. Pure.

const forms: readonly [pattern: RegExp, base: number, prefix: number][] = [
  [/^[-+]?0b[01_]+$/, 2, 2],
  [/^[-+]?0x[\da-fA-F_]+$/, 16, 2],
  [/^[-+]?0[0-7_]+$/, 8, 1],
  [/^[-+]?[1-9][\d_]*$/, 10, 0],
];

/** The decimal text of a plain scalar that is such an integer; undefined for any other text. */
export function yaml11Int(text: string): string | undefined {
  const sign = text.startsWith('-') ? -1 : 1;
  const digits = text.replace(/^[-+]/, '');
  const form = forms.find(([pattern]) => pattern.test(text));
  if (form !== undefined) {
    const [, base, prefix] = form;
    return decimal(sign * parseInt(digits.slice(prefix).replaceAll('_', ''), base));
  }
  // Base 60, as for times: 22:30 is 1350.
  if (!/^[1-9][\d_]*(?::[0-5]?\d)+$/.test(digits)) return undefined;
  const parts = digits.replaceAll('_', '').split(':').map(Number);
  return decimal(sign * parts.reduce((sum, part) => sum * 60 + part, 0));
}

/** A number that JavaScript cannot hold exactly is no port and no switch: its text will do. */
function decimal(value: number): string | undefined {
  return Number.isSafeInteger(value) ? String(value) : undefined;
}
