// The program: checks Node.js before anything newer is loaded, answers --version at once, else hands over.
import { markAlone } from './garbage-collection.ts';
import { nodeVersionProblem } from './node-version.ts';

markAlone(process.versions.node);
const argv = process.argv.slice(2);
const problem = nodeVersionProblem(process.versions.node);
if (problem !== undefined) {
  process.stderr.write(problem);
  process.exitCode = 1;
} else if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  const { version } = await import('../version.ts');
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exitCode = 1;
  });
  process.stdout.write(`${version}\n`);
} else {
  const { runCli } = await import('./cli.ts');
  process.exitCode = await runCli(argv, process);
}
