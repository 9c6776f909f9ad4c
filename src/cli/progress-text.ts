// What a host is doing, in words: shared by the live and the plain progress.
import type { OccEvent } from '../events.ts';

/** Events that say how far a host is. */
export type ProgressEvent = Extract<OccEvent, { type: 'step' | 'progress' }>;

/** Whether an event says how far a host is. */
export function isProgress(event: OccEvent): event is ProgressEvent {
  return event.type === 'step' || event.type === 'progress';
}

/** `build image: step 3/20`, `pull: 12.5 MB of 80.0 MB`: what is done, without its detail. */
export function progressText(event: ProgressEvent): string {
  if (event.type === 'step') {
    return event.state === 'started' ? event.summary : `${event.summary}: ${event.state}`;
  }
  const amount = amountText(event);
  return amount === '' ? event.summary : `${event.summary}: ${amount}`;
}

/** The same, with its detail: `build image: step 3/20: RUN apt-get update`. */
export function detailedText(event: ProgressEvent): string {
  const detail = event.type === 'progress' ? event.detail : undefined;
  return detail === undefined ? progressText(event) : `${progressText(event)}: ${detail}`;
}

function amountText({
  current,
  total,
  unit,
}: Extract<ProgressEvent, { type: 'progress' }>): string {
  if (current === undefined) return '';
  const show = unit === 'bytes' ? bytesText : String;
  if (total === undefined) return unit === 'steps' ? `step ${current}` : show(current);
  if (unit === 'steps') return `step ${current}/${total}`;
  return `${show(current)} of ${show(total)}`;
}

/** Bytes in decimal units: `999 B`, `1.5 MB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;
  let value = bytes;
  let index = 0;
  while (value >= 999.95 && index < units.length - 1) {
    value /= 1000;
    index += 1;
  }
  return `${index === 0 ? value : value.toFixed(1)} ${units[index] ?? ''}`;
}

/** Milliseconds as `7s`, `2m05s`, `1h02m`. */
export function elapsedText(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  const two = (value: number) => String(value).padStart(2, '0');
  if (seconds < 60) return `${seconds}s`;
  if (minutes < 60) return `${minutes}m${two(seconds % 60)}s`;
  return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
}
