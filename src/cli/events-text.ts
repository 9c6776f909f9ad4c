// Events → text for people. Lines and addresses that were asked for go to standard output, the rest to standard error.
import type { Emit, OccEvent } from '../events.ts';
import { sanitize, sanitizeLine } from '../sanitize.ts';
import type { Paint } from './paint.ts';
import { isProgress } from './progress-text.ts';
import type { Progress } from './progress.ts';
import type { OutputStream } from './terminal.ts';

/** What events are drawn with. */
export interface EventsStyle {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly progress: Progress;
  readonly paint: Paint;
  /** Draws a host's name. */
  readonly tag: (host: string) => string;
  /** More than one host: every line says which. */
  readonly tagged: boolean;
  readonly quiet: boolean;
}

/** Draws events as they come. */
export function textEvents(style: EventsStyle): Emit {
  return (event) => {
    if (isProgress(event)) {
      if (!style.quiet) style.progress.update(event);
      return;
    }
    if (style.quiet && event.type === 'notice' && event.level === 'info') return;
    style.progress.print(() => {
      const stream = event.type === 'notice' ? style.stderr : style.stdout;
      stream.write(`${eventText(event, style)}\n`);
    });
  };
}

function eventText(
  event: Exclude<OccEvent, { type: 'step' | 'progress' }>,
  { tag, tagged, paint }: EventsStyle,
): string {
  switch (event.type) {
    case 'line': {
      const time = event.time === undefined ? '' : `${paint(sanitizeLine(event.time), 'dim')} `;
      return `${tagged ? `${tag(event.host)} | ` : ''}${time}${sanitize(event.text)}`;
    }
    case 'notice': {
      const label = event.level === 'warning' ? `${paint('warning:', 'warn')} ` : '';
      // Indented, so that no line of a host's answer can pass for one of ours, or of another host.
      const lines = event.message.split('\n').map((line) => sanitize(line));
      return `${label}${event.host === '' ? '' : `${tag(event.host)}: `}${lines.join('\n  ')}`;
    }
    case 'ready':
      return `${tagged ? `${tag(event.host)}: ` : ''}${sanitizeLine(event.url)}`;
  }
}
