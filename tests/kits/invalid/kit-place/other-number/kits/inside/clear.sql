DELETE FROM crumbs WHERE age > INTERVAL '40 days';
