// A build's messages as events: which step, and as its detail the line that the builder printed.
import type { Emit } from '../../events.ts';
import type { BuildEvent } from '../../hosts/engine.ts';
import { sanitizeLine } from '../../sanitize.ts';

const longestLine = 160;

/** A listener for {@link Engine.buildImage} that tells each message as progress of `summary`. */
export function buildProgress(
  emit: Emit,
  host: string,
  summary: string,
): (event: BuildEvent) => void {
  let step: { readonly current?: number; readonly total?: number } = {};
  const tell = (text: string) => {
    const detail = sanitizeLine(text).trim().slice(0, longestLine);
    if (detail === '') return;
    emit({ type: 'progress', host, summary, detail, ...step, unit: 'steps' });
  };
  return (event) => {
    if (event.kind === 'pull') {
      emit({ type: 'progress', host, ...pulled(event), unit: 'bytes' });
      return;
    }
    if (event.kind === 'step') step = { current: event.current, total: event.total };
    event.text.split('\n').forEach(tell);
  };
}

function pulled({ layer, status, current, total }: Extract<BuildEvent, { kind: 'pull' }>) {
  return {
    summary: 'pull base image',
    detail: sanitizeLine(`${status} ${layer}`).trim(),
    ...(current === undefined ? {} : { current }),
    ...(total === undefined ? {} : { total }),
  };
}
