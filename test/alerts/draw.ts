import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dashboardPicture } from './dashboard.ts'

/** Draws the picture of the dashboard in the docs: `npx node test/alerts/draw.ts`. Needs Go, as the tests of alerts do. */
const file = join(import.meta.dirname, '../../docs/dashboard.svg')
await writeFile(file, await dashboardPicture())
process.exit()
