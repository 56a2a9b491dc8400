/** What an error of PostgreSQL, or of the connection to it, means for those who asked. */
import { DatabaseError } from 'pg'

/** Classes of SQLSTATE whose cause is the statement and its values (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const classesOfStatements = ['21', '22', '23', '42', '54', 'P0']

/** Whether it is the state of the server, a full disk or a lock say, and not the statement, that made it fail. */
export function isOfServer(error: unknown): boolean {
  return error instanceof DatabaseError && !classesOfStatements.includes(String(error.code).slice(0, 2))
}

/** For the operator. Node's error has no message when none of a server's addresses can be reached. */
export function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string }
  return message || code || String(error)
}
