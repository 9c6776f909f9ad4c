// The transport contract on this machine.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { LocalTransport } from '../../src/transport/local-transport.ts';
import { dockerContract } from './docker-suite.ts';
import { transportContract } from './transport-suite.ts';

const exec = promisify(execFile);
const open = () => new LocalTransport({ host: 'local', env: process.env });

transportContract(
  'local',
  () => {
    const transport = open();
    return Promise.resolve({
      transport,
      look: async (script) => (await exec('sh', ['-c', script], { maxBuffer: 2 ** 26 })).stdout,
      another: () => Promise.resolve({ transport: open() }),
      close: () => transport.close(),
    });
  },
  { tellsSignals: true, cut: 'no' },
);

dockerContract('local', () => {
  const transport = open();
  return Promise.resolve({
    transport,
    socket: '/var/run/docker.sock',
    image: 'debian:bookworm-slim',
    logins: () => Promise.resolve(0),
    close: () => transport.close(),
  });
});
