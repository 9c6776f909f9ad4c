// A report → text for people: results, plans, what failed and what remains.
import { CancelledError } from '../errors.ts';
import type { HostOutcome } from '../ops/fan-out.ts';
import type { AnyOperation } from '../ops/operation.ts';
import { resultsOf, type Answer, type RunReport } from '../ops/run-report.ts';
import type { View } from '../ops/view.ts';
import { sanitizeLine } from '../sanitize.ts';
import { renderError, type ErrorStyle } from './render-error.ts';
import { renderViews, type TextStyle } from './render-text.ts';

/** The answer to the command, for standard output. Empty when there is nothing to show. */
export function renderResults(
  operation: AnyOperation,
  report: RunReport,
  input: unknown,
  style: TextStyle,
): string {
  if (report.dryRun && report.effect !== 'read') return renderViews(planViews(report), style);
  const results = resultsOf(report);
  if (results.length === 0 || report.declined) return '';
  const views =
    operation.scope === 'host'
      ? operation.present(results, input)
      : operation.present(results[0]?.value, input);
  return renderViews(views, style);
}

/** What else a person must know, for standard error: nothing to do, failures, what an interruption left. */
export function renderRemarks(report: RunReport, style: ErrorStyle, quiet: boolean): string {
  // An operation on the inventory says so itself; among hosts it must be told for which.
  const silent = quiet || report.dryRun || report.declined || report.scope === 'inventory';
  const idle = silent ? [] : idleHosts(report.outcomes);
  return [
    ...idle.map((host) => `${host}: nothing to do\n`),
    ...(report.declined ? ['Nothing was changed.\n'] : []),
    ...failuresOf(report).map((outcome) => renderFailure(outcome, style)),
    ...(report.interrupted ? [interruption(report)] : []),
  ].join('');
}

function planViews(report: RunReport): readonly View[] {
  return report.outcomes.flatMap((outcome): readonly View[] => {
    if (!outcome.ok) return [];
    const where = outcome.host === '' ? '' : `${outcome.host}: `;
    const steps = outcome.value.plan ?? [];
    if (steps.length === 0) return [{ kind: 'text', text: `${where}nothing to do` }];
    const lines = steps.map((step) => `  - ${step.replaceAll('\n', ' ')}`);
    return [{ kind: 'text', text: [`${where}would`, ...lines].join('\n') }];
  });
}

function idleHosts(outcomes: readonly HostOutcome<Answer>[]): readonly string[] {
  return outcomes.flatMap((outcome) =>
    outcome.ok && outcome.value.plan?.length === 0 ? [outcome.host] : [],
  );
}

type Failure = Extract<HostOutcome<Answer>, { ok: false }>;

/** After an interruption, hosts that were merely cancelled are named once, at the end. */
function failuresOf(report: RunReport): readonly Failure[] {
  return report.outcomes.filter((outcome): outcome is Failure => {
    if (outcome.ok) return false;
    return !(report.interrupted && outcome.error instanceof CancelledError && !outcome.changed);
  });
}

function renderFailure(outcome: Failure, style: ErrorStyle): string {
  const text = renderError(outcome.error, style);
  if (!outcome.changed) return text;
  const step = outcome.step === undefined ? 'it' : `"${sanitizeLine(outcome.step)}"`;
  return `${text}note: steps before ${step} were done${outcome.host === '' ? '' : ` on ${outcome.host}`}\n`;
}

function interruption(report: RunReport): string {
  if (report.effect === 'read') return '';
  if (report.scope === 'inventory') {
    return report.outcomes[0]?.ok ? '' : 'Interrupted before it was finished\n';
  }
  const named = (ok: boolean) =>
    report.outcomes.filter((outcome) => outcome.ok === ok).map((outcome) => outcome.host);
  const [done, left] = [named(true), named(false)];
  const finished = done.length === 0 ? 'no host is finished' : `finished: ${done.join(', ')}`;
  const open = left.length === 0 ? '' : `; not finished: ${left.join(', ')}`;
  const again = left.length === 0 ? '' : '\nhint: The same command finishes the rest';
  return `Interrupted: ${finished}${open}${again}\n`;
}
