/** A failure: a sentence in `message`, a stable name in `code`, and the next step, for people, in `hint`. */
export class HandclaspError extends Error {
  constructor(message, { code, hint, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
  }
}
HandclaspError.prototype.name = 'HandclaspError';

const FOR_DEVELOPERS = 'This is for the developer of the page: check what is passed.';

/** What was passed as `name` is not `what`. */
export const wrong = (name, what, cause) => new HandclaspError(`\`${name}\` must be ${what}`, { code: 'options', hint: FOR_DEVELOPERS, cause });

/** A copy of options, which may be anything: what their getters throw is a failure of ours. */
export function options(given) {
  try {
    return { ...given };
  } catch (cause) {
    throw wrong('options', 'an object that can be read', cause);
  }
}
