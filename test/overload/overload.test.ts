import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../../src/server/server.fixture.ts'
import { certificateIn } from '../process/certificate.ts'
import { imageIn } from '../process/image.ts'
import { memoryOf } from '../process/memory.ts'
import { startReplica } from '../process/replica.ts'
import { freePort } from '../process/server.ts'
import { attacked } from './attacked.ts'

const attackMs = 8_000

// The chart's limit is 384 MiB, of which other work needs some as well.
const mostMiB = 256

it('serves the API server and the kubelet under attack, far below the memory limit of the chart', async () => {
  const root = join(import.meta.dirname, '../..')
  await promisify(execFile)(process.execPath, ['tools/build.ts'], { cwd: root })
  const directory = await temporaryDirectory()
  const certificate = await certificateIn(directory)
  const metricsPort = await freePort()
  const image = await imageIn(directory)
  const replica = await startReplica({
    certificate,
    image,
    source: { profiles: image.catalog },
    flags: { 'metrics-port': metricsPort },
  })
  onTestFinished(() => replica.end())
  const before = await memoryOf(replica.pid)
  const port = Number(new URL(replica.url).port)
  const { reviews, wrong, summary } = await attacked({ port, metricsPort, ca: certificate.ca }, attackMs)
  const after = await memoryOf(replica.pid)

  const grownMiB = after.peakMb - before.rssMb
  process.stdout.write(
    `overload: ${summary}; RSS ${Math.round(before.rssMb)} MiB, ${Math.round(grownMiB)} MiB more at the peak\n`,
  )
  expect(wrong).toEqual([])
  expect(reviews.length).toBeGreaterThan(20)
  expect(after.peakMb).toBeLessThan(mostMiB)
})
