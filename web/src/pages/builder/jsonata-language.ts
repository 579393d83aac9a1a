import { StreamLanguage, type StringStream } from '@codemirror/language';

interface State {
  isInside: boolean;
  depth: number;
  isComment: boolean;
}

/** JSONata in a text: what stands between `{{` and `}}`, or the whole of it. */
export function jsonataLanguage(isWhole: boolean): StreamLanguage<State> {
  return StreamLanguage.define<State>({
    startState: () => ({ isInside: isWhole, depth: 0, isComment: false }),
    token(stream, state) {
      if (state.isInside) return tokenOf(stream, state, isWhole);
      if (stream.match('{{')) {
        state.isInside = true;
        return 'brace';
      }
      stream.next();
      while (!stream.eol() && !stream.match('{{', false)) stream.next();
      return null;
    },
  });
}

function tokenOf(stream: StringStream, state: State, isWhole: boolean): string | null {
  if (state.isComment || stream.match('/*')) {
    state.isComment = !stream.match(/^.*?\*\//);
    if (state.isComment) stream.skipToEnd();
    return 'comment';
  }
  if (stream.eatSpace()) return null;
  if (!isWhole && state.depth === 0 && stream.match('}}')) {
    state.isInside = false;
    return 'brace';
  }
  if (stream.match(/^"(?:[^"\\]|\\.)*"?/) || stream.match(/^'(?:[^'\\]|\\.)*'?/)) return 'string';
  if (stream.match(/^\$\w*/)) return 'variableName.function';
  if (stream.match(/^(?:and|or|in|true|false|null|function)\b/)) return 'keyword';
  if (stream.match(/^(?:`[^`]*`?|[A-Za-z_]\w*)/)) return 'variableName';
  if (stream.match(/^\d[\d.]*/)) return 'number';
  const char = stream.next();
  if (char === '{') state.depth += 1;
  if (char === '}') state.depth = Math.max(0, state.depth - 1);
  return 'operator';
}
