import { chmod } from 'node:fs/promises'
import { expect, it, onTestFinished } from 'vitest'
import { probe, temporaryDirectory } from '../../src/server/server.fixture.ts'
import { certificateIn } from '../../test/process/certificate.ts'
import { freePort } from '../../test/process/server.ts'
import { image } from '../../tools/kind/image.ts'
import { output } from '../../tools/kind/run.ts'
import { until } from '../apiserver/until.ts'
import { attacked } from '../overload/attacked.ts'

const memory = '128m'

it('a replica with 128 MiB of memory and no swap serves its real caller under attack', async () => {
  const directory = await temporaryDirectory()
  const { ca, keyFile } = await certificateIn(directory)
  // For the user of the container.
  await Promise.all([chmod(directory, 0o755), chmod(keyFile, 0o644)])
  const [port, metricsPort] = [await freePort(), await freePort()]
  const flags = {
    cluster: false,
    profiles: '/pillion/catalog',
    host: '127.0.0.1',
    port,
    'metrics-port': metricsPort,
    'tls-cert': '/certs/tls.crt',
    'tls-key': '/certs/tls.key',
  }
  const id = await docker([
    'run',
    '--detach',
    '--network=host',
    `--memory=${memory}`,
    `--memory-swap=${memory}`,
    `--volume=${directory}:/certs:ro`,
    image,
    'serve',
    ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
  ])
  onTestFinished(async () => void (await docker(['rm', '--force', id])))
  const isReady = () =>
    probe({ metricsPort }, '/readyz').then(
      ({ ok }) => ok,
      () => false,
    )
  await until('the replica is ready', 60_000, isReady)

  const { reviews, wrong, summary } = await attacked({ port, metricsPort, ca }, 8_000)
  process.stderr.write(`small replica: ${summary}\n`)
  expect(wrong).toEqual([])
  expect(reviews.length).toBeGreaterThan(20)
  expect(await docker(['inspect', '--format={{.State.Running}}', id])).toBe('true')
})

async function docker(args: readonly string[]): Promise<string> {
  return (await output('docker', args)).trim()
}
