import type { Change } from '../../builder/changes.ts';

/** The differences of two versions, in words. */
export function ChangeList({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) return <p className="soft">Nothing is different.</p>;
  return (
    <ul className="check-list">
      {changes.map(({ kind, of, name, fields }) => (
        <li key={`${of} ${name}`}>
          <strong>{kind}</strong> {of} <code>{name}</code>
          {fields.length > 0 && <span className="soft">: {fields.join(', ')}</span>}
        </li>
      ))}
    </ul>
  );
}
