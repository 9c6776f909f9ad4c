// A socket server on the host under test, in perl, which every Debian has. It is started by the transport itself.
import type { HostProcess, Transport } from '../../../src/transport/transport.ts';
import { readUntil } from './support.ts';

// Echoes what comes; at end of file it says how much that was, which only a half-closed client can hear.
const script = `
use IO::Socket; $SIG{CHLD} = "IGNORE"; $| = 1;
my ($kind, $path) = @ARGV;
my $server = $kind eq "unix"
  ? IO::Socket::UNIX->new(Local => $path, Listen => 100)
  : IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 0, Listen => 100, Proto => "tcp");
$server or die "cannot listen: $!";
print $kind eq "unix" ? "listening on $path\\n" : "listening on " . $server->sockport . "\\n";
while (my $client = $server->accept) {
  next if fork;
  my $total = 0;
  while (my $read = sysread $client, my $buffer, 65536) {
    $total += $read;
    for (my $at = 0; $at < $read;) { $at += syswrite $client, $buffer, $read - $at, $at }
  }
  syswrite $client, "END $total";
  exit 0;
}`;

/** A listening server. */
export interface SocketServer {
  /** The path, or the port. */
  readonly place: string;
  stop(): Promise<void>;
}

/** Starts an echo server on a Unix socket, or on a free TCP port of 127.0.0.1. */
export async function startServer(
  transport: Transport,
  where: { path: string } | 'tcp',
): Promise<SocketServer> {
  const stop = new AbortController();
  const words = where === 'tcp' ? ['tcp', '-'] : ['unix', where.path];
  const process = await transport.start(
    { argv: ['perl', '-e', script, '--', ...words] },
    { signal: stop.signal },
  );
  process.stderr.resume();
  const said = await readUntil(process.stdout, '\n');
  process.stdout.resume();
  const place = said.trim().replace('listening on ', '');
  return { place, stop: () => end(process, stop) };
}

async function end(process: HostProcess, stop: AbortController): Promise<void> {
  stop.abort();
  await process.exit;
}
