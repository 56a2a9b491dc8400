/** How long a test waits for what should come at once. Nothing asserts it: a machine may be busy with other things. */
export const patienceMs = 100_000
