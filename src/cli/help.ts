// Help from the manifest: nothing is loaded for it but data.
import { isNegatable } from './argv.ts';
import { globalOptions } from './global-options.ts';
import {
  wordsOf,
  type ManifestCommand,
  type ManifestField,
  type ManifestOption,
} from './manifest-types.ts';
import type { Paint } from './paint.ts';
import { padTo, widthOfText } from './text-width.ts';

type Row = readonly [label: string, text: string];

/** Help on a noun's verbs, or on everything when the noun is empty. */
export function helpOnNoun(
  noun: string,
  commands: readonly ManifestCommand[],
  paint: Paint,
): string {
  const title =
    noun === ''
      ? 'Runs opencode as a secured Docker service, on this machine and over SSH.\n\n'
      : '';
  const rows = commands.map((command): Row => [usageOf(command), command.summary]);
  return [
    `${title}Usage: occ ${noun === '' ? 'COMMAND' : `${noun} VERB`} [OPTIONS]\n`,
    section('Commands', rows, paint),
    section('Global options', globalOptions.map(optionRow), paint),
    `occ ${noun === '' ? '' : `${noun} `}${noun === '' ? 'COMMAND' : 'VERB'} --help says more.\n`,
  ].join('\n');
}

/** Help on one command. */
export function helpOnCommand(command: ManifestCommand, paint: Paint): string {
  const examples = command.examples.map(({ command: line, explanation }): Row => [
    line,
    explanation,
  ]);
  const blocks = [
    `${command.summary}.\n${command.description === undefined ? '' : `\n${command.description}\n`}`,
    `Usage: occ ${usageOf(command)} [OPTIONS]\n`,
    section(
      'Arguments',
      command.positionals.map((field): Row => [placeOf(field), describe(field)]),
      paint,
    ),
    section('Options', command.options.map(optionRow), paint),
    section('Examples', examples, paint),
    section('Global options', globalOptions.map(optionRow), paint),
  ];
  return blocks.filter((block) => block !== '').join('\n');
}

/** `user add NAME`, `update [VERSION]`, `exec COMMAND…`. */
export function usageOf(command: ManifestCommand): string {
  const places = command.positionals.map((field) => {
    return field.required ? placeOf(field) : `[${placeOf(field)}]`;
  });
  return [wordsOf(command), ...places].join(' ');
}

/** `-f, --follow`, `--tail N`, `--[no-]browser`. */
export function optionSynopsis(option: ManifestOption): string {
  const short = option.short === undefined ? '' : `-${option.short}, `;
  const flag = isNegatable(option) ? `[no-]${option.flag}` : option.flag;
  return `${short}--${flag}${placeholderOf(option)}`;
}

/** Description with choices and default. */
export function describe(field: ManifestField): string {
  const { choices, default: fallback, type } = field;
  const hasDefault = fallback !== undefined && fallback !== false && String(fallback) !== '';
  const notes = [
    ...('flag' in field && 'required' in field ? ['required'] : []),
    ...(choices ? [`one of ${choices.join(', ')}`] : []),
    ...(hasDefault ? [`default: ${fallback === true ? 'yes' : String(fallback)}`] : []),
    ...(type === 'list' && 'flag' in field ? ['can be repeated'] : []),
  ];
  return notes.length === 0 ? field.description : `${field.description} (${notes.join('; ')})`;
}

function optionRow(option: ManifestOption): Row {
  const indent = option.short === undefined ? '    ' : '';
  return [indent + optionSynopsis(option), describe(option)];
}

function placeOf(field: ManifestField): string {
  return `${field.key.toUpperCase()}${field.type === 'list' ? '…' : ''}`;
}

function placeholderOf(option: ManifestOption): string {
  if (option.type === 'boolean') return '';
  return option.type === 'integer' ? ' N' : ' VALUE';
}

/** Empty when it has no rows: a heading over nothing helps nobody. Never cut: the terminal wraps long lines. */
function section(title: string, rows: readonly Row[], paint: Paint): string {
  if (rows.length === 0) return '';
  const width = Math.max(...rows.map(([label]) => widthOfText(label)));
  const lines = rows.map(([label, text]) => `  ${padTo(label, width)}  ${text}`.trimEnd());
  return `${paint(title, 'strong')}\n${lines.join('\n')}\n`;
}
