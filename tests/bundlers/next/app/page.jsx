'use client';

import { useEffect, useState } from 'react';
import { tabs } from '../../app/tabs.js';

/** Is rendered on the server too, where importing the package does nothing. */
export default function Page() {
  const [text, show] = useState('');
  useEffect(() => { tabs(show); }, []);
  return <output>{text}</output>;
}
