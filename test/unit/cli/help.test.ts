// Help, word for word.
import { expect, test } from 'vitest';
import { helpOnCommand, helpOnNoun } from '../../../src/cli/help.ts';
import { painter } from '../../../src/cli/paint.ts';
import { commandNamed, commands } from './fixture-commands.ts';

const globals = `Global options
      --host VALUE       Hosts: names, globs, @group, !exclude; comma separated (can be repeated)
      --all              Every host of the inventory
      --local            This machine
      --inventory VALUE  Inventory file to use
      --parallel N       Most hosts worked on at once
      --timeout N        Seconds that each host may take
      --dry-run          Show the plan, change nothing
      --yes              Do not ask for confirmation
      --json             JSON on standard output (JSON Lines for commands that stream)
  -q, --quiet            No progress, only results, warnings and errors
  -v, --verbose          Show the causes of errors
      --[no-]color       Colours on a terminal, unless NO_COLOR is in the environment (default: yes)
  -V, --version          Show the version
  -h, --help             Show help
`;

test('of a command', () => {
  expect(helpOnCommand(commandNamed('logs'), painter(false))).toBe(`Show what the service printed.

Usage: occ logs [OPTIONS]

Options
  -f, --follow       Go on
  -n, --tail N       Lines from the end (default: 100)
      --since VALUE  Not older than this
      --order VALUE  What comes first (one of oldest, newest; default: oldest)
      --no-cache     A name that begins with no

Examples
  occ logs -f  until Ctrl-C

${globals}`);
});

test('of a command with places', () => {
  expect(helpOnCommand(commandNamed('user.add'), painter(false))).toBe(`Add a user.

An existing user keeps the password.

Usage: occ user add NAME [OPTIONS]

Arguments
  NAME  Name of the user

Options
      --generate      Make a password up
      --groups VALUE  Groups to join (can be repeated)
      --shell VALUE   Login shell (required)

Examples
  occ user add alice  asks for the password

${globals}`);
});

test('of a noun', () => {
  const verbs = commands.filter(({ name }) => name.startsWith('user.'));
  expect(helpOnNoun('user', verbs, painter(false))).toBe(`Usage: occ user VERB [OPTIONS]

Commands
  user add NAME  Add a user
  user list      List users

${globals}
occ user VERB --help says more.
`);
});

test('of everything names every command', () => {
  const help = helpOnNoun('', commands, painter(false));
  expect(help).toContain('Usage: occ COMMAND [OPTIONS]\n');
  expect(help).toContain('  config set KEY VALUE [MORE…]  Change settings\n');
  expect(help).toContain('  start                         Start the service\n');
});

test('of an option that is on by default shows both forms', () => {
  expect(helpOnCommand(commandNamed('start'), painter(false))).toContain(
    '      --[no-]wait  Wait until it is healthy (default: yes)\n',
  );
});

test('is coloured in its headings only', () => {
  expect(helpOnCommand(commandNamed('logs'), painter(true))).toContain(
    '\u001B[1mOptions\u001B[22m\n',
  );
});
