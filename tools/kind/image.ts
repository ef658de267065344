import packageJson from '../../package.json' with { type: 'json' }
import { output, run } from './run.ts'

/** What the chart and deploy/ run. The test "names one version" (test/docs.test.ts) compares all places that name it. */
export const image = `pillion:${packageJson.version}`

/** Builds the image as its users would, or takes the one that PILLION_IMAGE names in its place. */
export async function provideImage(): Promise<void> {
  const { PILLION_IMAGE: given } = process.env
  if (given) await output('docker', ['tag', given, image])
  else await build()
}

async function build(): Promise<void> {
  await output('docker', ['build', '--network=host', `--tag=${image}`, '.'], {
    environment: (await hasBuildKit()) ? {} : { DOCKER_BUILDKIT: '0' },
  })
}

/** Without this plug-in the client refuses to build, unless it is told to do it the old way. */
export async function hasBuildKit(): Promise<boolean> {
  return (await run('docker', ['buildx', 'version'])).code === 0
}
