import packageJson from '../../package.json' with { type: 'json' }
import { output, run } from './run.ts'

/** The image that the chart and deploy/ run. The test "names one version" (test/docs.test.ts) compares all places that name it. */
export const image = `pillion:${packageJson.version}`

/** Builds the image as its users do, or uses the one that PILLION_IMAGE names instead. */
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

/** Without this plug-in, the client builds only with DOCKER_BUILDKIT=0. */
export async function hasBuildKit(): Promise<boolean> {
  return (await run('docker', ['buildx', 'version'])).code === 0
}
