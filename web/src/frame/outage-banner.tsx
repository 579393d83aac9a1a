import { useEffect, useState } from 'react';
import { Button } from '../components/button.tsx';
import { Notice } from '../components/notice.tsx';
import { outage, resumeNow } from '../data/availability.ts';
import { useStore } from '../data/store.ts';

const TEXTS = {
  unavailable: 'Penstock is unavailable. Nothing that you see is lost.',
  unreachable: 'The server cannot be reached. Nothing that you see is lost.',
};

/** One line while the server does not answer: why, and the seconds to the next try. */
export function OutageBanner() {
  const current = useStore(outage);
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (current === undefined) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [current]);
  if (current === undefined) return null;
  const seconds = Math.max(0, Math.ceil((current.until - now) / 1000));
  return (
    <div className="banner" role="status">
      <Notice state="waiting">
        <span className="row">
          {TEXTS[current.reason]} <span aria-hidden="true">Next try in {seconds} s.</span>
          <Button kind="quiet" onPress={resumeNow}>
            Try now
          </Button>
        </span>
      </Notice>
    </div>
  );
}
