// Shows a URL in the person's browser, on the machine that occ runs on.
import { OccError } from '../errors.ts';

/** What decides whether there is a browser to open. */
export interface BrowserSurroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTTY: boolean;
}

/** The program that opens a URL, or undefined where nobody would see a browser. */
export function browserCommand(surroundings: BrowserSurroundings): readonly string[] | undefined {
  const { platform, env, isTTY } = surroundings;
  if (!isTTY) return undefined;
  if (platform === 'darwin') return ['open'];
  if (env['DISPLAY'] || env['WAYLAND_DISPLAY']) return ['xdg-open'];
  return undefined;
}

/**
 * Opens an http(s) URL. A browser that cannot be opened is no failure: the URL was printed.
 * @param signal - ends the program when it still runs
 */
export async function openInBrowser(
  command: readonly string[],
  url: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<void> {
  if (!/^https?:\/\//.test(url)) return;
  const { LocalTransport } = await import('../transport/local-transport.ts');
  const transport = new LocalTransport({ host: 'local', env });
  try {
    const child = await transport.start({ argv: [...command, url] }, { signal });
    child.stdin.end();
    child.stdout.resume();
    child.stderr.resume();
    await child.exit;
  } catch (error) {
    if (!(error instanceof OccError)) throw error;
  } finally {
    await transport.close();
  }
}
