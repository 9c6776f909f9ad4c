// Breaks a lab host the way networks and machines break, and mends it again. Every fault is an `await using` value.
import { run } from '../../scripts/lib/run.mjs';
import { sshAnswers } from './boot.ts';
import type { LabHost } from './lab-hosts.ts';

/** Runs a command as root on a host, past sshd, so that it works while sshd does not. */
export function onHost(host: LabHost, argv: readonly string[]): Promise<string> {
  return run(['docker', 'exec', host.containerId, ...argv]);
}

/** Like {@link onHost}, through sh(1). The script is the test's own text, never input. */
export function scriptOnHost(host: LabHost, script: string): Promise<string> {
  return onHost(host, ['sh', '-euc', script]);
}

/** sshd is stopped and logins are cut: connecting is refused. */
export async function sshdStopped(host: LabHost): Promise<AsyncDisposable> {
  await onHost(host, ['systemctl', 'stop', 'ssh.service', 'ssh.socket']);
  await connectionsCut(host);
  return mendedBy(async () => {
    await onHost(host, ['systemctl', 'start', 'ssh.service']);
    await sshAnswers(host.port);
  });
}

/** Docker and its socket are stopped: the host answers, its engine does not. */
export async function engineStopped(host: LabHost): Promise<AsyncDisposable> {
  await onHost(host, ['systemctl', 'stop', 'docker.socket', 'docker.service']);
  return mendedBy(async () => {
    await onHost(host, ['systemctl', 'start', 'docker.socket', 'docker.service']);
  });
}

/** Every process of the host is frozen: connections stay open and nothing answers. */
export async function frozen(host: LabHost): Promise<AsyncDisposable> {
  await run(['docker', 'pause', host.containerId]);
  return mendedBy(async () => {
    await run(['docker', 'unpause', host.containerId]);
    await sshAnswers(host.port);
  });
}

/** Packets to sshd vanish: no answer and no refusal, as behind a firewall that drops. */
export async function packetsDropped(host: LabHost): Promise<AsyncDisposable> {
  const rule = ['INPUT', '--protocol', 'tcp', '--dport', '22', '--jump', 'DROP'];
  await onHost(host, ['iptables', '--insert', ...rule]);
  return mendedBy(async () => {
    await onHost(host, ['iptables', '--delete', ...rule]);
    await sshAnswers(host.port);
  });
}

/** Packets from the host come late. @param milliseconds one way */
export async function delayed(host: LabHost, milliseconds: number): Promise<AsyncDisposable> {
  const tc = ['tc', 'qdisc'];
  const netem = ['netem', 'delay', `${milliseconds}ms`];
  await onHost(host, [...tc, 'add', 'dev', 'eth0', 'root', ...netem]);
  return mendedBy(async () => {
    await onHost(host, [...tc, 'delete', 'dev', 'eth0', 'root']);
  });
}

/** Ends every login at once, as when the network goes away; sshd itself stays and takes new ones. */
export async function connectionsCut(host: LabHost): Promise<void> {
  // Session processes are named "sshd: user…" (since 9.8 "sshd-session: user…"); the listener is "sshd: /usr/sbin/sshd …".
  await scriptOnHost(host, "pkill -KILL -f '^sshd(-session)?: [a-z]' || [ $? -eq 1 ]");
}

function mendedBy(mend: () => Promise<void>): AsyncDisposable {
  return { [Symbol.asyncDispose]: mend };
}
