// What ssh said on stderr, cut into what is worth repeating. Pure.
import { sanitize, sanitizeLine } from '../../sanitize.ts';

/** Its words without warnings about something else than the failure. */
export function wordsOf(stderr: string): string {
  const lines = sanitize(stderr).replaceAll('\r', '').split('\n');
  const kept = lines.filter((line) => !/^(\*\* |Warning: Permanently added |debug\d: )/.test(line));
  return kept.join('\n');
}

/** The last line that says something: by it ssh ended. What comes before it may be the words of a server (Banner). */
export function lastLine(said: string): string {
  return said.trimEnd().split('\n').at(-1) ?? '';
}

/** All on one line; the end says what mattered. */
export function onOneLine(text: string): string {
  const most = 400;
  const line = text
    .split('\n')
    .map((part) => sanitizeLine(part).trim())
    .filter((part) => part !== '')
    .join('; ');
  return line.length > most ? `…${line.slice(-most)}` : line;
}

/** What ssh says about keys and tickets that it could not use. */
export function aboutKeys(said: string): string[] {
  const known =
    /^(Load key|sign_and_send_pubkey|no such identity|Permissions \d+ for|Received disconnect|Unable to)|agent refused|signing failed|credential|Kerberos/i;
  return said.split('\n').filter((line) => known.test(line));
}
