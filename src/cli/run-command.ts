// One command from its parsed command line to its exit code.
import { homedir } from 'node:os';
import { loadInventory } from '../hosts/load-inventory.ts';
import { openHost } from '../hosts/open-host.ts';
import { selectHosts } from '../hosts/select.ts';
import { stateDirectory } from '../hosts/state-dir.ts';
import type { AnyOperation } from '../ops/operation.ts';
import { registry } from '../ops/registry.ts';
import { runOperation } from '../ops/runner.ts';
import type { RunReport } from '../ops/run-report.ts';
import { SshPool } from '../transport/ssh/ssh-pool.ts';
import type { CommandRun } from './command-run.ts';
import { exitCodeOfRun, exitCodes } from './exit-codes.ts';
import { checkInput } from './input.ts';
import { painter } from './paint.ts';
import { renderJson, reportJson } from './render-json.ts';
import { renderRemarks, renderResults } from './render-report.ts';
import { createScreen } from './screen.ts';
import { wantsColor, widthOf } from './terminal.ts';
import { waysToHosts } from './ways-to-hosts.ts';

/**
 * Runs a command and prints its answer.
 * @returns the exit code
 * @throws OccError when it cannot begin
 */
export async function runCommand(run: CommandRun): Promise<number> {
  const { invocation, surroundings, interrupt, output } = run;
  const { command, globals } = invocation;
  const operation = await loadOperation(command.name);
  const input = checkInput(operation, command, invocation.input);
  const home = surroundings.env['HOME'] ?? homedir();
  const { env } = surroundings;
  const place = { file: globals.inventory, env, cwd: surroundings.cwd(), home };
  const mustExist = command.scope === 'host' || command.effect === 'read';
  const inventory = await loadInventory({ ...place, mustExist });
  const { all, local } = globals;
  const selectors = [...globals.host, ...namedIn(operation, input)];
  const selected = selectHosts(inventory, { selectors, all, local });
  const screen = createScreen(run, selected);
  // A stream without a reader has no purpose; anything else is finished although nobody reads its answer.
  const signal = command.streams
    ? AbortSignal.any([interrupt.signal, output.closed])
    : interrupt.signal;
  const pool = new SshPool();
  const hostOptions = {
    ...{ prompter: screen.prompter, stateDir: stateDirectory(env, home), env, pool },
    ...waysToHosts(env, globals.verbose ? screen.emit : undefined),
  };
  const report = await runOperation(operation, {
    inventory,
    selected,
    explicitSelection: selectors.length > 0 || all || local,
    input,
    dryRun: globals.dryRun,
    yes: globals.yes,
    parallel: globals.parallel,
    timeoutMs: globals.timeout === undefined ? undefined : globals.timeout * 1000,
    emit: screen.emit,
    signal,
    prompter: screen.prompter,
    openHost: (name, other = inventory, hostSignal = signal) =>
      openHost(other, name, { ...hostOptions, signal: hostSignal }),
  }).finally(() => screen.close());
  return finish(run, operation, report, input);
}

function namedIn(operation: AnyOperation, input: unknown): readonly string[] {
  return operation.scope === 'host' ? (operation.hostsNamed?.(input) ?? []) : [];
}

/** Prints the report and gives its exit code. */
async function finish(
  { invocation, surroundings, interrupt, output }: CommandRun,
  operation: AnyOperation,
  report: RunReport,
  input: unknown,
): Promise<number> {
  const { command, globals } = invocation;
  const { stdout, stderr, env } = surroundings;
  const interrupted = interrupt.signal.aborted;
  if (output.closed.aborted && command.streams && !interrupted) return exitCodes.ok;
  const told = { ...report, interrupted };
  if (globals.json) {
    const document = reportJson(told);
    stdout.write(
      command.streams ? renderJson({ type: 'summary', ...document }, 0) : renderJson(document),
    );
  } else {
    const paint = painter(wantsColor(stdout, env, globals.color));
    stdout.write(renderResults(operation, told, input, { paint, width: widthOf(stdout) }));
    const style = {
      paint: painter(wantsColor(stderr, env, globals.color)),
      verbose: globals.verbose,
    };
    stderr.write(renderRemarks(told, style, globals.quiet));
  }
  await output.flush();
  const outcomes = report.outcomes.map((outcome) =>
    outcome.ok ? { ok: !outcome.value.failed } : outcome,
  );
  return exitCodeOfRun({ outcomes, interrupted, declined: report.declined });
}

async function loadOperation(name: string): Promise<AnyOperation> {
  const load = (registry as Record<string, () => Promise<AnyOperation>>)[name];
  if (!load) throw new TypeError(`no operation ${name}: run npm run generate`);
  return load();
}
