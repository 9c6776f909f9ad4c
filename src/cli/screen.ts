// Everything a running command shows and asks: events, progress, questions, on one terminal without mixing them.
import type { Emit } from '../events.ts';
import type { Prompter } from '../prompter.ts';
import type { CommandRun } from './command-run.ts';
import { textEvents } from './events-text.ts';
import { browserCommand, openInBrowser } from './open-browser.ts';
import { hostPainter, painter } from './paint.ts';
import { liveProgress } from './progress-live.ts';
import { noProgress, plainProgress, type Progress } from './progress.ts';
import { createPrompter } from './prompter.ts';
import { renderEvent } from './render-json.ts';
import { wantsColor } from './terminal.ts';

/** What an operation shows and asks through. */
export interface Screen {
  readonly emit: Emit;
  readonly prompter: Prompter;
  /** Takes progress away; results may be printed then. */
  close(): void;
}

/** The screen of one command on these hosts. */
export function createScreen(run: CommandRun, hosts: readonly string[]): Screen {
  const { invocation, surroundings, interrupt } = run;
  const { globals, command } = invocation;
  const { stdout, stderr, stdin, env } = surroundings;
  const jsonLines = globals.json && command.streams;
  const tag = hostPainter(hosts, wantsColor(stderr, env, globals.color));
  const progress = chooseProgress(run, tag);
  const show: Emit = jsonLines
    ? (event) => void stdout.write(renderEvent(event))
    : textEvents({
        stdout: globals.json ? stderr : stdout,
        stderr,
        progress,
        paint: painter(wantsColor(stdout, env, globals.color)),
        tag,
        tagged: hosts.length > 1,
        quiet: globals.quiet,
      });
  const { signal } = interrupt;
  const onInterrupt = () => interrupt.interrupt();
  const onAbort = () =>
    progress.print(() => void stderr.write('Stopping… Ctrl-C again leaves at once\n'));
  // Stopping is how a stream ends: nothing to explain.
  if (!command.streams) signal.addEventListener('abort', onAbort, { once: true });
  return {
    emit: withBrowser(run, show),
    prompter: createPrompter({ stdin, stderr, signal, onInterrupt, progress }),
    close: () => {
      signal.removeEventListener('abort', onAbort);
      progress.stop();
    },
  };
}

function chooseProgress(
  { invocation, surroundings }: CommandRun,
  tag: (host: string) => string,
): Progress {
  const { globals, command } = invocation;
  const { stderr, env } = surroundings;
  if (globals.quiet || (globals.json && command.streams)) return noProgress;
  if (stderr.isTTY === true && env['TERM'] !== 'dumb') return liveProgress({ stream: stderr, tag });
  return plainProgress((text) => void stderr.write(text));
}

/** `occ open` shows the page when it can be used, unless it was told not to. */
function withBrowser(run: CommandRun, show: Emit): Emit {
  const { invocation, surroundings, interrupt } = run;
  const { input, command, globals } = invocation;
  const unwanted =
    input['browser'] === false || input['no_browser'] === true || input['print_url'] === true;
  if (command.name !== 'open' || unwanted || globals.json) return show;
  const { env, stdout, platform } = surroundings;
  const browser = browserCommand({ platform, env, isTTY: stdout.isTTY === true });
  if (!browser) return show;
  return (event) => {
    show(event);
    if (event.type !== 'ready') return;
    void openInBrowser(browser, event.url, env, interrupt.signal);
  };
}
