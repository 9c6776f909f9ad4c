// Draws the matrix as Markdown.
import { format } from 'prettier';
import { agree, type Outcomes } from './row.ts';
import type { Row, Section } from './rows.ts';

const introduction = `# ssh beside occ

Each row is a real server, with one configuration, one set of keys and one \`known_hosts\` for both. \`ssh\` runs a command by
OpenSSH's own client; \`occ\` connects, runs the same command, and where the row is about Docker reaches the engine. A failure
is named by its reason. This file is written by \`test/contract/matrix\`, which fails when it is no longer true.

“by ssh itself”: occ starts OpenSSH's client for what its own SSH does not do; see [SSH](ssh.md).
`;

/** The whole file. No times and no ports are in it, so that it changes with the behaviour only. */
export function asTable(
  sections: readonly Section[],
  outcomes: ReadonlyMap<Row, Outcomes>,
): Promise<string> {
  const pairs = [...outcomes.values()];
  const alike = pairs.filter(agree).length;
  const counts = `${pairs.length} rows: ${alike} come out alike, ${pairs.length - alike} differ, by design.`;
  const parts = sections.map((section) => draw(section, outcomes));
  return format([introduction, counts, ...parts].join('\n\n'), { parser: 'markdown' });
}

function draw({ title, rows }: Section, outcomes: ReadonlyMap<Row, Outcomes>): string {
  const lines = rows.map((row) => {
    const { ssh = '', occ = '' } = outcomes.get(row) ?? {};
    const why = row.because === undefined ? '' : `. ${row.because}`;
    return `| ${row.what.replaceAll('|', '\\|')} | ${ssh} | ${occ}${why} |`;
  });
  return [`## ${title}`, '', '| | `ssh` | `occ` |', '| --- | --- | --- |', ...lines].join('\n');
}
