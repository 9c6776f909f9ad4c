// The program: checks Node.js before anything newer is loaded, then hands over.
import { nodeVersionProblem } from './node-version.ts';

const problem = nodeVersionProblem(process.versions.node);
if (problem === undefined) {
  const { runCli } = await import('./cli.ts');
  process.exitCode = await runCli(process.argv.slice(2), process);
} else {
  process.stderr.write(problem);
  process.exitCode = 1;
}
