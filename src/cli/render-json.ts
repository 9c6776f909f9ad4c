// Reports, errors and events → JSON. What is printed here is an interface: fields are added, never renamed.
import { OccError } from '../errors.ts';
import type { OccEvent } from '../events.ts';
import { messageOf } from '../thrown.ts';
import type { HostOutcome } from '../ops/fan-out.ts';
import type { Answer, RunReport } from '../ops/run-report.ts';

/** An error in JSON. `code` is stable. */
export interface ErrorJson {
  readonly code: string;
  readonly message: string;
  readonly host?: string | undefined;
  readonly hint?: string | undefined;
}

/** One JSON document with its line end. Secrets print as `[redacted]`. */
export function renderJson(value: unknown, indent = 2): string {
  return `${escapeControls(JSON.stringify(value, undefined, indent))}\n`;
}

/** One event as a line of JSON Lines. */
export function renderEvent(event: OccEvent): string {
  return renderJson(event, 0);
}

/** A report as plain data. */
export function reportJson(report: RunReport): Record<string, unknown> {
  const head = {
    operation: report.operation,
    dryRun: report.dryRun,
    changed: report.outcomes.some((it) => (it.ok ? it.value.changed : it.changed)),
    ...(report.interrupted && { interrupted: true }),
    ...(report.declined && { declined: true }),
  };
  if (report.scope === 'host')
    return {
      ...head,
      hosts: report.outcomes.map((outcome) => ({ host: outcome.host, ...answerJson(outcome) })),
    };
  const [only] = report.outcomes;
  if (!only) return head;
  return { ...head, ...answerJson(only) };
}

/** An error as plain data. */
export function errorJson(error: unknown): ErrorJson {
  if (!(error instanceof OccError)) {
    return { code: 'internal', message: messageOf(error) };
  }
  const { code, message, host, hint } = error;
  return { code, message, ...(host && { host }), ...(hint !== undefined && { hint }) };
}

function answerJson(outcome: HostOutcome<Answer>): Record<string, unknown> {
  if (!outcome.ok) {
    const { changed, step, error } = outcome;
    return { ok: false, changed, ...(step !== undefined && { step }), error: errorJson(error) };
  }
  const { changed, plan, result, failed } = outcome.value;
  return { ok: !failed, changed, ...(plan && { plan }), value: result ?? null };
}

// What {@link sanitize} removes elsewhere and JSON leaves as it is: DEL, C1, what reorders or hides text (UAX #9).
const unescaped =
  /[\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069\uFEFF]|[\u{E0000}-\u{E007F}]/gu;

/** JSON escapes C0 controls only; the others could still speak to a terminal, or change what a person reads. */
function escapeControls(json: string): string {
  const escapeUnit = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return json.replace(unescaped, (character) => character.split('').map(escapeUnit).join(''));
}
