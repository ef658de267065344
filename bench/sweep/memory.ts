import type { Swept } from './replica.ts'

const tickMs = 5

/** Watches this process from now on until it is stopped, as often as its event loop lets it. */
export function watchMemory() {
  const rssMb = () => Math.round(process.memoryUsage.rss() / 1e6)
  const rssBeforeMb = rssMb()
  let rssPeakMb = rssBeforeMb
  let longestPauseMs = 0
  let last = performance.now()
  const timer = setInterval(() => {
    rssPeakMb = Math.max(rssPeakMb, rssMb())
    const now = performance.now()
    longestPauseMs = Math.max(longestPauseMs, now - last - tickMs)
    last = now
  }, tickMs)
  return {
    stop(): Pick<Swept, 'rssBeforeMb' | 'rssPeakMb' | 'longestPauseMs'> {
      clearInterval(timer)
      return { rssBeforeMb, rssPeakMb, longestPauseMs }
    },
  }
}
