import { itBears, useWorld } from './fault.ts'

itBears(useWorld(), [
  {
    name: 'a replica can write no file, and the disk of its log is full',
    wishes: () => ({
      // Every attempt to write a file fails, wherever it is.
      nodeFlags: ['--permission', '--allow-fs-read=*'],
      // Every write fails with ENOSPC: https://man7.org/linux/man-pages/man4/full.4.html
      stdout: '/dev/full',
    }),
  },
])
