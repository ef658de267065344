/**
 * What dist/pillion.js runs: it loads the program, dist/main.js, unless this Node is too old for it. An old Node must be
 * able to read this file, so it has no import, and the build compiles it for Node 12.
 */

/** The oldest Node that can run Pillion: `engines` of package.json. The build sets it. */
declare const oldestNode: string

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const [oldestMajor = 0, oldestMinor = 0] = oldestNode.split('.').map(Number)
if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) {
  void import('node:module')
    .then(({ enableCompileCache }) => {
      // Before the bundle is compiled, so that the next run finds it in the cache.
      enableCompileCache()
      return import('./main.ts')
    })
    .then(({ start }) => start())
} else {
  process.stderr.write(
    `pillion needs Node ${oldestNode} or newer, and ${process.execPath} is ${process.version}: install a newer one\n`,
  )
  process.exitCode = 2
}

export {}
