// Programs on a host that can carry a socket over stdin and stdout, as values.
import { describeEndpoint } from './dial-error.ts';
import type { DialWay, Endpoint } from './transport.ts';

/** A way to carry a socket. */
export interface Bridge {
  readonly name: NonNullable<DialWay['bridge']>;
  readonly argv: readonly string[];
  /** What it says on stderr once it is connected; where it says nothing, Docker's `_ping` is asked in advance. */
  readonly connected: RegExp | undefined;
  /** What it says on stderr once the socket has sent its last byte; left out where it ends by itself then. */
  readonly over?: RegExp;
}

/** What socat(1) takes for options, a second address or a quote; `!!EXEC:…` in a path would run a program. */
const socatReads = /[,:!"'()[\]{}\\]/;

const connected = /starting data transfer/;
const over = /socket 2 \(fd \d+\) is at EOF/;

// Perl is essential in Debian and Ubuntu, socat is not. One process per direction keeps half-close simple.
const perlScript = `use IO::Socket; my ($k, @a) = @ARGV; my $s;
if ($k eq "unix") { $s = IO::Socket::UNIX->new(Peer => $a[0]) }
else { require IO::Socket::IP; $s = IO::Socket::IP->new(PeerHost => $a[0], PeerPort => $a[1]) }
$s or do { print STDERR "cannot connect: $!\\n"; exit 1 };
syswrite STDERR, "starting data transfer\\n";
sub copy { my ($i, $o) = @_; while (my $n = sysread $i, my $b, 65536) {
  for (my $p = 0; $p < $n;) { my $w = syswrite $o, $b, $n - $p, $p; defined $w or exit 1; $p += $w } } }
my $c = fork; defined $c or exit 1;
if (!$c) { close STDOUT; copy(*STDIN, $s); shutdown $s, 1; exit 0 }
copy($s, *STDOUT); kill "TERM", $c; waitpid $c, 0; exit 0`;

/** Bridges to an endpoint, best first. Those that tell when they are connected stand before Docker's, which does not. */
export function bridgesTo(endpoint: Endpoint): readonly Bridge[] {
  if (!('path' in endpoint)) {
    const { address, port } = endpoint;
    return [socat(`TCP:${describeEndpoint(endpoint)}`), perl('tcp', address, String(port))];
  }
  const { path } = endpoint;
  const plain = socatReads.test(path) ? [] : [socat(`UNIX-CONNECT:${path}`)];
  return [...plain, perl('unix', path), docker(path)];
}

/**
 * Without a long `-t`, socat gives up half a second after end of file and loses what was still to come. With it, it
 * waits as long for us after the socket's end, and sshd tells no end of stdout while stderr is open: `over` does.
 */
function socat(address: string): Bridge {
  return {
    name: 'socat',
    argv: ['socat', '-d', '-d', '-t', '86400', '-', address],
    connected,
    over,
  };
}

function perl(...words: string[]): Bridge {
  return { name: 'perl', argv: ['perl', '-e', perlScript, '--', ...words], connected };
}

function docker(path: string): Bridge {
  const argv = ['docker', '-H', `unix://${path}`, 'system', 'dial-stdio'];
  return { name: 'docker', argv, connected: undefined };
}
