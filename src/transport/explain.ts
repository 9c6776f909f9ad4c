// What a command said, made fit for an error message: no secrets, no control characters, only the end of it.
import { sanitize, sanitizeLine } from '../sanitize.ts';
import { redact, Secret } from '../secret.ts';
import type { Command } from './command.ts';

const lastLines = 10;
const lastCharacters = 2000;

/** The last lines of stderr, at most 10 and 2,000 characters. */
export function explainStderr(stderr: Buffer, command: Command<unknown>): string {
  const secrets = secretsOf(command);
  // Redacted twice: escape sequences may be part of a secret, or stand inside its echo.
  const text = redact(sanitize(redact(stderr.toString('utf8'), secrets)), secrets);
  return text.trim().split('\n').slice(-lastLines).join('\n').slice(-lastCharacters);
}

/** One line of text that may hold what the command was given. */
export function shown(text: string, command: Command<unknown>): string {
  const secrets = secretsOf(command);
  return redact(sanitizeLine(redact(text, secrets)), secrets);
}

function secretsOf(command: Command<unknown>): Secret[] {
  return [...Object.values(command.env ?? {}), command.stdin].filter(
    (value): value is Secret => value instanceof Secret,
  );
}
