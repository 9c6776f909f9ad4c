// `--since`: a moment, or how long ago.
import { z } from 'zod';

const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const durationPattern = /^(?:\d+[smhd])+$/;

/** Seconds since the epoch for a duration before `now` (`90s`, `10m`, `1h30m`, `2d`) or an RFC 3339 time. */
export function parseSince(text: string, now: Date): number | undefined {
  if (durationPattern.test(text)) return now.getTime() / 1000 - durationSeconds(text);
  const rfc3339 = /^\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?([Zz]|[+-]\d{2}:\d{2})?)?$/;
  const moment = rfc3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(moment) ? undefined : moment / 1000;
}

/** Input field: text that {@link parseSince} understands. */
export const sinceField = z
  .string()
  .refine(
    (text) => parseSince(text, new Date(0)) !== undefined,
    'a duration such as 90s, 10m, 1h30m or 2d, or a time such as 2026-01-31T12:00:00Z',
  );

function durationSeconds(text: string): number {
  return [...text.matchAll(/(\d+)([smhd])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units],
    0,
  );
}
