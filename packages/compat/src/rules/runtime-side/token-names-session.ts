import { isObject } from '../../json'
import type { RuntimeRule } from '../../runtime-side/rule'

/** Is in no id and no token. */
const SEPARATOR = '.'

export const tokenNamesSession: RuntimeRule = {
  name: 'token names session',
  fact: 'Clients for Java and C# resume with a token alone, and do not say which session it belongs to.',
  dialects: ['java', 'csharp'],
  read: {
    'session.hello'({ payload: { resume } }) {
      if (!isObject(resume) || typeof resume.resume_token !== 'string') return
      const [session, token] = resume.resume_token.split(SEPARATOR)
      if (token === undefined) return
      resume.session_id ??= session
      resume.resume_token = token
    },
  },
  write: {
    'session.welcome'({ payload }) {
      payload.resume_token = `${payload.session_id}${SEPARATOR}${payload.resume_token}`
    },
  },
}
