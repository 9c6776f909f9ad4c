// The manifest → docs/cli.md.
import { globalOptions } from '../../src/cli/global-options.ts';
import { describe, optionSynopsis, usageOf } from '../../src/cli/help.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { wordsOf, type ManifestCommand } from '../../src/cli/manifest-types.ts';

const exitCodeTexts: Record<keyof typeof exitCodes, string> = {
  ok: 'Everything that was asked for is so.',
  failed: 'It failed, or a host is not healthy.',
  usage: 'The command line or the inventory is wrong. Nothing was done.',
  unreachable: 'No selected host could be reached.',
  partial: 'Some hosts succeeded, some did not. The output says which.',
  interrupted: 'Interrupted with Ctrl-C.',
};

/** The whole reference. */
export function cliReference(commands: readonly ManifestCommand[]): string {
  return [
    '# Commands\n',
    'Generated from the operations in `src/ops` by `npm run generate`. Do not edit.\n',
    '| Command | Does |\n| --- | --- |',
    ...commands.map(
      (command) =>
        `| [\`occ ${usageOf(command).replaceAll('|', '\\|')}\`](#occ-${command.name.replaceAll('.', '-')}) | ${command.summary} |`,
    ),
    '\n## Global options\n',
    'Every command takes them, before or after its name.\n',
    optionTable(globalOptions.map((option) => [optionSynopsis(option), describe(option)])),
    '\nWithout `--host`, `--all` or `--local` a command works on `default_host` of the inventory, else on this machine.',
    '\n## Exit codes\n',
    '| Code | Meaning |\n| --- | --- |',
    ...Object.entries(exitCodes).map(
      ([name, code]) => `| ${code} | ${exitCodeTexts[name as keyof typeof exitCodes]} |`,
    ),
    ...commands.map(commandSection),
    '',
  ].join('\n');
}

function commandSection(command: ManifestCommand): string {
  const places = command.positionals.map((field): Row => [
    field.key.toUpperCase(),
    describe(field),
  ]);
  const options = command.options.map((option): Row => [optionSynopsis(option), describe(option)]);
  const notes = [
    ...(command.streams ? ['With `--json` it prints JSON Lines.'] : []),
    ...(command.effect === 'destroy' ? ['It asks before it does anything; `--yes` answers.'] : []),
  ];
  const examples = command.examples.map(
    ({ command: line, explanation }) => `# ${explanation}\n${line}`,
  );
  return [
    `\n## occ ${wordsOf(command)}\n`,
    `${command.summary}.${notes.length > 0 ? ` ${notes.join(' ')}` : ''}`,
    ...(command.description === undefined ? [] : [`\n${command.description}`]),
    `\n\`\`\`text\nocc ${usageOf(command)} [OPTIONS]\n\`\`\``,
    ...(places.length + options.length > 0 ? ['', optionTable([...places, ...options])] : []),
    `\n\`\`\`sh\n${examples.join('\n')}\n\`\`\``,
  ].join('\n');
}

type Row = readonly [name: string, text: string];

function optionTable(rows: readonly Row[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  return [
    '| | |\n| --- | --- |',
    ...rows.map(([name, text]) => `| \`${cell(name)}\` | ${cell(text)} |`),
  ].join('\n');
}
