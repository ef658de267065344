/** The numbers that no case may exceed. */
export const allowed = {
  /** CPU of a review or of what a change of one profile costs. */
  cpuMs: 250,
  /** CPU in which a command reads a text. */
  readMs: 2_000,
  /** Memory of the container in deploy/deployment.yaml. */
  megabytes: 384,
  /** Bytes of an answer that holds no patch. */
  answerBytes: 65_536,
  /** Of an answer to a probe, whatever else goes on. */
  probeMs: 1_000,
} as const
