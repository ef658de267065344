import { buildPlayground, sizesText } from './playground/build.ts'

// The page of `pillion playground`. The image of the webhook has none, so tools/build.ts does not build it.
const sizes = await buildPlayground('dist/playground')
process.stdout.write(`${sizesText(sizes)}\n`)
