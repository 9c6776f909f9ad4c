// A program on a host, not a container, that listens where the service wants to.
import { once } from 'node:events';
import type { Host } from '../../src/hosts/host.ts';

/** Listens on 127.0.0.1 of the host until it is disposed of. */
export async function occupied(host: Host, port: number): Promise<AsyncDisposable> {
  const listen = `use IO::Socket::INET;
    my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => ${port}, Listen => 1, ReuseAddr => 1) or die $!;
    $| = 1; print "listening\\n"; sleep 600;`;
  const controller = new AbortController();
  const transport = await host.transport();
  const program = await transport.start(
    { argv: ['perl', '-e', listen] },
    { signal: controller.signal },
  );
  program.stderr.resume();
  await once(program.stdout, 'data');
  program.stdout.resume();
  return {
    async [Symbol.asyncDispose]() {
      controller.abort();
      await program.exit;
    },
  };
}
