// Loaded by a replica of the fuzz before its own code: on SIGWINCH, which ends nothing, it collects garbage and writes what is left, in bytes.
import { writeFileSync } from 'node:fs'

process.on('SIGWINCH', () => {
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  writeFileSync(process.env.FUZZ_MEMORY_FILE, String(heapUsed + external + arrayBuffers))
})
