"""The addresses of servers, checked and in the form that each library reads. Imports no Django."""
