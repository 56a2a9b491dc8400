/** How long a test waits for an event that should happen at once. No test asserts it, since a machine may be busy. */
export const patienceMs = 100_000
